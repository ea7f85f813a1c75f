import { assertEquals } from "@std/assert";
import { isTimeZone, localTimeZone, momentOf } from "../../lib/persona/moment.ts";

const MOMENTS: [iso: string, timeZone: string, date: string, time: string, weekday: string][] = [
  ["2027-03-14T00:00:00Z", "UTC", "2027-03-14", "00:00", "Sunday"],
  ["2027-03-14T23:05:00Z", "Europe/Rome", "2027-03-15", "00:05", "Monday"],
  ["2027-03-28T00:59:00Z", "Europe/Rome", "2027-03-28", "01:59", "Sunday"],
  ["2027-03-28T01:00:00Z", "Europe/Rome", "2027-03-28", "03:00", "Sunday"],
  ["2027-01-01T03:00:00Z", "America/New_York", "2026-12-31", "22:00", "Thursday"],
  ["2027-01-01T00:00:00Z", "Asia/Kathmandu", "2027-01-01", "05:45", "Friday"],
];

Deno.test("momentOf() tells day and time of a zone: midnight is 00:00, summer time counts", () => {
  for (const [iso, timeZone, date, time, weekday] of MOMENTS) {
    assertEquals(momentOf(new Date(iso), timeZone), { date, time, weekday }, `${iso} ${timeZone}`);
  }
});

Deno.test("momentOf() keeps digits and calendar the same in every language, and translates the weekday", () => {
  const now = new Date("2027-03-14T12:00:00Z");
  for (const [language, weekday] of [["it", "domenica"], ["ar", "الأحد"], ["pt-BR", "domingo"]] as const) {
    assertEquals(momentOf(now, "UTC", language), { date: "2027-03-14", time: "12:00", weekday });
  }
});

Deno.test("isTimeZone() knows names, not offsets", () => {
  assertEquals(["Europe/Rome", "UTC", "America/New_York"].map(isTimeZone), [true, true, true]);
  assertEquals(["+02:00", "", "Mars/Base", "Europe/Room"].map(isTimeZone), [false, false, false, false]);
  assertEquals(isTimeZone(localTimeZone()), true);
});
