import { assertEquals } from "@std/assert";
import { errorKind, isRecoverableClose } from "../../lib/realtime/failures.ts";

const error = (code: string, type = "invalid_request_error", param?: string) => ({
  type,
  code,
  message: "",
  param,
  eventId: undefined,
});

Deno.test.each([
  ["invalid_api_key", "fatal"],
  ["insufficient_quota", "fatal"],
  ["beta_api_shape_disabled", "fatal"],
  ["response_cancel_not_active", "benign"],
  ["item_truncate_invalid_item_id", "benign"],
  ["rate_limit_exceeded", "transient"],
  ["session_expired", "lifecycle"],
  ["unknown_parameter", "config"],
  ["something_new", "config"],
])("failures: %s counts as %s", (code, kind) => assertEquals(errorKind(error(code)), kind));

Deno.test("failures: every fault of a truncation is benign", () => {
  assertEquals(errorKind(error("invalid_value", "invalid_request_error", "audio_end_ms")), "benign");
  assertEquals(
    errorKind(error("integer_below_min_value", "invalid_request_error", "audio_end_ms")),
    "benign",
  );
});

Deno.test("failures: an error without a code is sorted by its type", () => {
  assertEquals(errorKind(error("", "server_error")), "transient");
});

Deno.test.each([
  [0, true],
  [1001, true],
  [1011, true],
  [1000, false],
  [1008, false],
  [3000, false],
  [4000, false],
])("failures: dialling again after close code %i makes sense: %s", (code, expected) => {
  assertEquals(isRecoverableClose(code), expected);
});
