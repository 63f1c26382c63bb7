// Follows a running service with the clients of others, and prints as JSON what each was given.
//
//   node follow-changes.mjs URL
//
// The clients: graphql-ws over a WebSocket, graphql-sse over Server-Sent Events, and eventsource on GET /changes. Each
// begins before the first record is made; one of them loses its connection on the way.
import { connect, createServer } from "node:net";
import { createClient as createWsClient } from "graphql-ws";
import { createClient as createSseClient } from "graphql-sse";
import { EventSource } from "eventsource";

const url = process.argv[2];
const query = `subscription Follow($collection: String, $since: String) {
  changes(collection: $collection, since: $since) { cursor operation version payload }
}`;
const RECORDS = 6;

/** Makes a record, and waits a little, so that changes do not come all at once. */
async function create(collection, payload) {
  const body = JSON.stringify({ collection, payload });
  const made = await fetch(`${url}/records`, { method: "POST", headers: { "content-type": "application/json" }, body });
  if (made.status !== 201) throw new Error(await made.text());
  await new Promise((resolve) => setTimeout(resolve, 30));
}

/** Collects payloads until there are as many as records, through a client of GraphQL; `broken` is called in the middle. */
function collect(client, variables, broken) {
  return new Promise((resolve, reject) => {
    const given = [];
    const stop = client.subscribe(
      { query, variables },
      {
        next: ({ data, errors }) => {
          if (errors) return reject(new Error(JSON.stringify(errors)));
          given.push(data.changes);
          if (broken && given.length === RECORDS / 2) return (stop(), resolve(given));
          if (given.length === RECORDS) return (stop(), resolve(given));
        },
        error: (error) => reject(error instanceof Error ? error : new Error(JSON.stringify(error))),
        complete: () => {},
      },
    );
  });
}

/** The errors that a client of GraphQL is given for what cannot be followed. */
function errorsOf(client, payload) {
  return new Promise((resolve) => {
    client.subscribe(payload, {
      next: ({ errors }) => errors && resolve(errors.map((error) => error.extensions.code)),
      error: (errors) => resolve([].concat(errors).map((error) => error.extensions?.code ?? String(error))),
      complete: () => {},
    });
  });
}

/** A way to the service that can be cut. */
async function detour() {
  const { hostname, port } = new URL(url);
  const sockets = new Set();
  const server = createServer((near) => {
    const far = connect(Number(port), hostname);
    for (const [one, other] of [[near, far], [far, near]]) {
      sockets.add(one);
      one.on("error", () => {}).on("close", () => other.destroy());
      one.pipe(other);
    }
  });
  await new Promise((resolve) => server.listen(0, resolve));
  return { url: `http://localhost:${server.address().port}`, cut: () => sockets.forEach((socket) => socket.destroy()) };
}

/** Collects payloads from GET /changes; its connection is cut once, and it goes on by itself from where it was. */
async function collectEvents(collection) {
  const way = await detour();
  return new Promise((resolve) => {
    const given = [];
    const source = new EventSource(`${way.url}/changes?collection=${collection}`);
    source.onmessage = ({ data }) => {
      given.push(JSON.parse(data).payload);
      if (given.length === RECORDS / 2) way.cut();
      if (given.length === RECORDS) {
        source.close();
        resolve(given);
      }
    };
  });
}

setTimeout(() => {
  console.error("It takes too long.");
  process.exit(1);
}, 30000);

const overWs = createWsClient({ url: `${url.replace("http", "ws")}/graphql`, keepAlive: 500, retryAttempts: 3 });
const overSse = createSseClient({ url: `${url}/graphql`, singleConnection: false });

const following = [
  collect(overWs, { collection: "ws" }),
  collect(overSse, { collection: "sse" }),
  collectEvents("events"),
  collect(overWs, { collection: "again" }, true),
];
await new Promise((resolve) => setTimeout(resolve, 1000));
for (let number = 0; number < RECORDS; number += 1) {
  for (const collection of ["ws", "sse", "events", "again"]) await create(collection, number);
}
const [ws, sse, events, half] = await Promise.all(following);
const resumed = await new Promise((resolve, reject) => {
  const given = half.map((change) => change.payload);
  const stop = overSse.subscribe(
    { query, variables: { collection: "again", since: half.at(-1).cursor } },
    {
      next: ({ data }) => given.push(data.changes.payload) === RECORDS && (stop(), resolve(given)),
      error: reject,
      complete: () => {},
    },
  );
});
const answer = await new Promise((resolve, reject) => {
  overWs.subscribe({ query: "{ __typename }" }, { next: resolve, error: reject, complete: () => {} });
});

console.log(
  JSON.stringify({
    ws: ws.map((change) => change.payload),
    sse: sse.map((change) => change.payload),
    events,
    resumed,
    query: answer.data,
    syntax: [await errorsOf(overWs, { query: "subscription {" }), await errorsOf(overSse, { query: "subscription {" })],
    cursor: [
      await errorsOf(overWs, { query, variables: { since: "nonsense" } }),
      await errorsOf(overSse, { query, variables: { since: "nonsense" } }),
    ],
  }),
);
process.exit(0);
