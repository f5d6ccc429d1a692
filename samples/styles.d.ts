/** Style sheets, imported through webpack. */
declare module "*.css";
