/** A pull request's comments and labels, through GitHub's REST API (https://docs.github.com/en/rest/issues). */
export class PullRequest {
  /**
   * @param api where the API is: `https://api.github.com`, or that of a GitHub Enterprise server
   * @param repository `owner/name`
   */
  public constructor(
    private readonly api: string,
    private readonly repository: string,
    private readonly number: number,
    private readonly token: string,
  ) {}

  /**
   * Posts a comment, or writes the earlier one with the same marker anew.
   * @param isNews whether it is worth a comment where there is none yet
   */
  public async comment(marker: string, body: string, isNews: boolean): Promise<void> {
    const earlier = await this.find(marker);
    const text = { body: `${marker}\n${body}` };
    if (earlier !== undefined) await this.call("PATCH", `issues/comments/${earlier}`, text);
    else if (isNews) await this.call("POST", `issues/${this.number}/comments`, text);
  }

  /** Puts the labels that apply, and takes away those that do not; others stay. */
  public async label(labels: Readonly<Record<string, boolean>>): Promise<void> {
    const current = (await this.call("GET", `issues/${this.number}/labels?per_page=100`)) as { name: string }[];
    const has = (name: string): boolean => current.some((label) => label.name === name);
    const added = Object.keys(labels).filter((name) => labels[name] === true && !has(name));
    if (added.length > 0) await this.call("POST", `issues/${this.number}/labels`, { labels: added });
    for (const name of Object.keys(labels).filter((each) => labels[each] !== true && has(each))) {
      await this.call("DELETE", `issues/${this.number}/labels/${encodeURIComponent(name)}`);
    }
  }

  /** The comment with a marker. People's are left alone: anybody can write a marker. */
  private async find(marker: string): Promise<number | undefined> {
    for (let page = 1; ; page++) {
      const comments = (await this.call("GET", `issues/${this.number}/comments?per_page=100&page=${page}`)) as {
        id: number;
        body?: string;
        user?: { type?: string };
      }[];
      const found = comments.find(({ body, user }) => user?.type === "Bot" && body?.startsWith(marker) === true);
      if (found !== undefined) return found.id;
      if (comments.length < 100) return undefined;
    }
  }

  private async call(method: string, path: string, body?: object): Promise<unknown> {
    const response = await fetch(`${this.api}/repos/${this.repository}/${path}`, {
      method,
      headers: {
        accept: "application/vnd.github+json",
        authorization: `Bearer ${this.token}`,
        "x-github-api-version": "2022-11-28",
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(30_000),
    });
    if (response.status === 403 || response.status === 404) throw new NotAllowed();
    if (!response.ok) throw new Error(`GitHub answered ${response.status} to ${method} ${path}`);
    return response.status === 204 ? undefined : response.json();
  }
}

/** The token may not write: a pull request from a fork, or a workflow without the permission. */
export class NotAllowed extends Error {
  public constructor() {
    super(
      "GitHub did not let the comment be written: the token may only read, as it does for pull requests from forks; " +
        "otherwise the workflow needs permissions: pull-requests: write",
    );
  }
}
