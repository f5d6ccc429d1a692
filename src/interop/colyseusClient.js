// Colyseus' client, as far as this library uses it. JavaScript, so that `tsc` emits nothing in its place: the package carries a bundle of it
// (`colyseus` in webpack.config.js), and an app that installs the package needs none of its dependencies.
export { Client } from "@colyseus/sdk";
