// A PeerServer and nothing else: what the baseline of the first sound talks to.
import { PeerServer } from "peer";

PeerServer({ port: 0, host: "localhost", path: "/" }, (server) => process.send?.({ port: server.address().port }));
// It never stops its timers, so the process ends with the tests.
process.once("disconnect", () => process.exit(0));
