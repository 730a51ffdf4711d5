// A proxy between the page and the server under test. Tests can change its responses or stop it.

import { Agent, createServer, request } from 'node:http';
import { URL_BASE } from './page.mjs';

/** No keep-alive: a connection could be closed just as it is reused. */
const agent = new Agent({ keepAlive: false });

/** A JSON response. */
export const asJson = (document) => ({
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(document),
});

/** `change(path)` may return `{status, body, headers}` to replace the response of the server. */
export async function startProxy(change = () => null) {
  const proxy = { change, requests: [] };
  const server = createServer((incoming, outgoing) => {
    proxy.requests.push(incoming.url);
    const replacement = proxy.change(incoming.url);
    if (replacement) {
      outgoing.writeHead(replacement.status ?? 200, replacement.headers);
      outgoing.end(replacement.body);
      return;
    }
    const headers = { ...incoming.headers, host: new URL(URL_BASE).host };
    const forwarded = request(
      new URL(incoming.url, URL_BASE),
      { method: incoming.method, headers, agent },
      (response) => {
        outgoing.writeHead(response.statusCode, response.headers);
        response.pipe(outgoing);
      },
    );
    forwarded.on('error', () => outgoing.destroy());
    forwarded.end();
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  proxy.url = `http://127.0.0.1:${server.address().port}/`;
  /** Waits until the requested paths satisfy `isEnough`. */
  proxy.waitForRequests = async (isEnough) => {
    for (let waited = 0; !isEnough(proxy.requests); waited += 50) {
      if (waited > 15_000) throw new Error(`the server saw only ${proxy.requests.length} requests`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  };
  proxy.stop = () => {
    server.closeAllConnections();
    return new Promise((resolve) => server.close(resolve));
  };
  return proxy;
}
