const encoder = new TextEncoder();

/** What a request carries so that its receiver can tell who sent it, and when. */
export interface Signature {
  readonly "x-parley-timestamp": string;
  readonly "x-parley-signature": string;
}

/**
 * Makes what signs a body: HMAC-SHA256 of the time in Unix seconds, a dot and the body, as `sha256=` and hex digits. As the
 * time is signed too, a request that was caught on its way can't be sent again later.
 */
export function createSigner(secret: string): (body: string, at: Date) => Promise<Signature> {
  const key = crypto.subtle.importKey(
    "raw",
    encoder.encode(secret),
    { name: "HMAC", hash: "SHA-256" },
    false,
    ["sign"],
  );
  return async (body, at) => {
    const timestamp = String(Math.floor(at.getTime() / 1000));
    const signed = await crypto.subtle.sign("HMAC", await key, encoder.encode(`${timestamp}.${body}`));
    return {
      "x-parley-timestamp": timestamp,
      "x-parley-signature": `sha256=${new Uint8Array(signed).toHex()}`,
    };
  };
}
