import * as semver from "semver";
import { throwProblems, type Problem } from "./errors";

interface Manifest {
  readonly version: string;
  readonly peerDependencies?: Readonly<Record<string, string>>;
}

/**
 * Checks that the packages which a project and this library share are ones that the library works with. npm and pnpm see
 * to it, unless told not to (`--force`, `--legacy-peer-deps`, overrides); then the program would fail somewhere inside.
 * @param manifestOf reads a package's package.json; throws where it is not installed
 * @throws {TandemError} `ERR_PEER_VERSION`
 */
export function checkPeers(manifestOf: (name: string) => Manifest): void {
  const problems = Object.entries(manifestOf("tandem").peerDependencies ?? {}).flatMap(([name, range]): Problem[] => {
    const version = versionOf(name, manifestOf);
    // Builds between two releases ("3.271.0-alpha.…") are taken as the release that they lead to.
    if (version !== undefined && semver.satisfies(version, range, { includePrerelease: true })) return [];
    return [
      {
        code: "ERR_PEER_VERSION",
        message: `tandem works with ${name} ${range}, and another one is installed`,
        got: `${name} ${version ?? "is not installed"}`,
        fix: `npm install "${name}@${range}"`,
      },
    ];
  });
  throwProblems(problems);
}

function versionOf(name: string, manifestOf: (name: string) => Manifest): string | undefined {
  try {
    return manifestOf(name).version;
  } catch {
    return undefined;
  }
}

/** Reads the package.json of a package as this library finds it. */
export function installedManifest(name: string): Manifest {
  return require(`${name}/package.json`) as Manifest;
}
