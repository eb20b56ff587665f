export const asking: (() => Promise<string>)[];
