const HOST_REGEXP = /^[\w.:[\]-]+$/;

/**
 * What keeps the page to itself: its own scripts and styles, its own service to connect to, nobody to frame it, and no
 * text that becomes markup.
 * @param host of the request; browsers differ on whether `'self'` includes the WebSocket of the same host
 */
export function pageHeaders(host: string | null): Record<string, string> {
  const sockets = host !== null && HOST_REGEXP.test(host) ? ` ws://${host} wss://${host}` : "";
  const policy = [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self'",
    `connect-src 'self'${sockets}`,
    "media-src blob:",
    "worker-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
  ];
  return {
    ...COMMON,
    "content-security-policy": policy.join("; "),
    "permissions-policy": "microphone=(self), camera=(), geolocation=()",
    "cross-origin-opener-policy": "same-origin",
  };
}

/** For everything that the console answers. */
export const COMMON: Readonly<Record<string, string>> = {
  "x-content-type-options": "nosniff",
  "referrer-policy": "no-referrer",
  "cross-origin-resource-policy": "same-origin",
};
