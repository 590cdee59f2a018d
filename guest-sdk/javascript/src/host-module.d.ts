// The module that the componentizer provides for the imported interface.

declare module "gardesh:step/host@0.1.0" {
  const host: import("./wit.ts").Host;
  export default host;
}
