/** Has every connection that `Deno.connect` makes pass through `wrap` until it is disposed of. */
export function wrapConnections(wrap: (conn: Deno.TcpConn) => void): Disposable {
  const connect = Deno.connect;
  Deno.connect = (async (options: Deno.ConnectOptions) => {
    const conn = await connect(options);
    wrap(conn);
    return conn;
  }) as typeof Deno.connect;
  return {
    [Symbol.dispose]() {
      Deno.connect = connect;
    },
  };
}
