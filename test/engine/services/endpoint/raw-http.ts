import net from "node:net";

/** Sends bytes as they are and resolves to all that comes back. */
export function sendRaw(port: number, bytes: string | Buffer, { halfClose = false } = {}): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = net.connect({ port, host: "127.0.0.1", allowHalfOpen: true });
    let answer = "";
    socket.setEncoding("latin1");
    socket.on("data", (text: string) => (answer += text));
    socket.on("end", () => {
      socket.end();
      resolve(answer);
    });
    // A server that has answered may close the connection while the rest of a body is still being sent.
    socket.on("error", (error) => (answer === "" ? reject(error) : resolve(answer)));
    socket.write(bytes);
    if (halfClose) socket.end();
  });
}
