// The modules that the componentizer provides for the imported interfaces.

declare module "gardesh:step/host@0.1.0" {
  const host: import("./wit.ts").Host;
  export default host;
}

declare module "gardesh:step/context@0.1.0" {
  const context: import("./wit.ts").Context;
  export default context;
}

declare module "gardesh:step/verdict@0.1.0" {
  const verdict: import("./wit.ts").Verdict;
  export default verdict;
}

declare module "gardesh:step/ad-hoc@0.1.0" {
  const adHoc: import("./wit.ts").AdHoc;
  export default adHoc;
}
