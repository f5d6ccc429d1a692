// The part of Colyseus' client that this library uses. A JavaScript file, so that `tsc` emits no file here: the package contains a bundle of the client
// instead (`colyseus` in webpack.config.js), so an app that installs the package does not need the client's dependencies.
export { Client } from "@colyseus/sdk";
