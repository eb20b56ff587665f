/** The fences of docs/architecture.md: who may know whom. */
module.exports = {
  forbidden: [
    {
      name: "components-know-no-engine",
      comment: "A deployed program carries none of the engine.",
      severity: "error",
      from: { path: "^components/" },
      to: { path: "^(engine|cli|testing)/" },
    },
    {
      name: "runtime-knows-no-pulumi",
      comment: "What ships inside handlers must not drag Pulumi along.",
      severity: "error",
      from: { path: "\\.runtime\\.ts$" },
      to: { path: "node_modules/@pulumi/|^components/(?!.*\\.runtime\\.ts$)" },
    },
    {
      name: "engine-knows-no-components",
      comment: "The engine runs any Pulumi program.",
      severity: "error",
      from: { path: "^engine/" },
      to: { path: "^(components|cli|testing)/" },
    },
    {
      name: "one-table-of-twins",
      comment: "Only engine/twins/index.ts names the twins: a new resource type is one new file and one line.",
      severity: "error",
      from: { path: "^(?!engine/twins/)" },
      to: { path: "^engine/twins/(?!(index|invokes)\\.ts$)" },
    },
    {
      name: "no-cycles",
      severity: "error",
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ["type-only"] } },
    },
    {
      name: "dependencies-are-declared",
      severity: "error",
      from: { path: "^(components|engine|cli|testing)/" },
      // The peers are development dependencies, too: in the versions that the library is developed with.
      to: { dependencyTypes: ["npm-no-pkg", "npm-unknown", "npm-dev"], dependencyTypesNot: ["npm-peer"] },
    },
  ],
  options: {
    doNotFollow: { path: "node_modules" },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: "tsconfig.json" },
    exclude: { path: "^(dist|\\.tandem)" },
  },
};
