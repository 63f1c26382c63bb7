// Serves the tables of DATABASE_URL through GraphQL, as PostGraphile does by default, on the port that is given.
import { createServer } from "node:http";
import { postgraphile } from "postgraphile";
import { makePgService } from "postgraphile/adaptors/pg";
import { grafserv } from "postgraphile/grafserv/node";
import { PostGraphileAmberPreset } from "postgraphile/presets/amber";

const service = postgraphile({
  extends: [PostGraphileAmberPreset],
  pgServices: [
    makePgService({
      connectionString: process.env.DATABASE_URL,
      schemas: ["public"],
      adaptorSettings: { poolConfig: { max: 16 } },
    }),
  ],
  grafserv: { graphiql: false, watch: false },
}).createServ(grafserv);

const server = createServer();
server.on("error", (error) => console.error(error));
await service.addTo(server);
await service.ready();
server.listen(Number(process.argv[2]), "127.0.0.1");
