// The container's health check: exits with 0 if the address answers well within two seconds.
const [url] = Deno.args;
if (!url) throw new TypeError("Cannot check the health: no URL given");

try {
  const response = await fetch(url, { signal: AbortSignal.timeout(1800) });
  await response.body?.cancel();
  Deno.exit(response.ok ? 0 : 1);
} catch {
  Deno.exit(1);
}
