import * as pulumi from "@pulumi/pulumi";
import { isPlain, show } from "../shared/checks";
import type { Problem } from "../shared/errors";

/** Finds what is wrong with the address that a proxy route leads to, where it is plain. */
export function checkProxy(whose: string, url: unknown): Problem[] {
  if (url !== undefined && !isPlain(url)) return [];
  const problem: Problem = {
    code: "ERR_ROUTE_PROXY",
    message: `${whose} was given an address that requests cannot be passed on to`,
    got: `url = ${show(url)}`,
    fix: "use the whole address, without query and variables, like https://example.com/api",
  };
  if (typeof url !== "string" || !URL.canParse(url)) return [problem];
  const { protocol, search, hash } = new URL(url);
  return /^https?:$/.test(protocol) && search === "" && hash === "" && !/[{}]/.test(url) ? [] : [problem];
}

/** The paths of a proxy route, and where each leads. */
export function proxyRoutes(path: string, url: pulumi.Input<string>): { path: string; uri: pulumi.Output<string> }[] {
  const whole = pulumi.output(url);
  const base = whole.apply((known) => known.replace(/\/$/, ""));
  const greedy = /^(.*)\/\{(\w+)\+\}$/.exec(path);
  if (greedy !== null) return [{ path, uri: pulumi.interpolate`${base}/{${greedy[2] ?? ""}}` }];
  return [
    { path, uri: whole },
    { path: `${path === "/" ? "" : path}/{proxy+}`, uri: pulumi.interpolate`${base}/{proxy}` },
  ];
}
