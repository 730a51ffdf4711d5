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
export async function standIn(change = () => null) {
  const stand = { change, asked: [] };
  const server = createServer((incoming, outgoing) => {
    stand.asked.push(incoming.url);
    const instead = stand.change(incoming.url);
    if (instead) {
      outgoing.writeHead(instead.status ?? 200, instead.headers);
      outgoing.end(instead.body);
      return;
    }
    const headers = { ...incoming.headers, host: new URL(URL_BASE).host };
    const asked = request(new URL(incoming.url, URL_BASE), { method: incoming.method, headers, agent }, (answer) => {
      outgoing.writeHead(answer.statusCode, answer.headers);
      answer.pipe(outgoing);
    });
    asked.on('error', () => outgoing.destroy());
    asked.end();
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  stand.url = `http://127.0.0.1:${server.address().port}/`;
  /** Waits until the requested paths satisfy `isEnough`. */
  stand.sees = async (isEnough) => {
    for (let waited = 0; !isEnough(stand.asked); waited += 50) {
      if (waited > 15_000) throw new Error(`the server saw only ${stand.asked.length} requests`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  };
  stand.goAway = () => {
    server.closeAllConnections();
    return new Promise((resolve) => server.close(resolve));
  };
  return stand;
}
