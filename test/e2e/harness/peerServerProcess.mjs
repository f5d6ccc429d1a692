// A plain PeerServer for the baseline of the first-sound test.
import { PeerServer } from "peer";

PeerServer({ port: 0, host: "localhost", path: "/" }, (server) => process.send?.({ port: server.address().port }));
// PeerServer never stops its timers, so this process exits when the test process disconnects.
process.once("disconnect", () => process.exit(0));
