export const asking: (() => Promise<string>)[];
export const addressed: () => Promise<string>;
export const resolver: () => Promise<string>;
