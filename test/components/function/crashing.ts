if (process.env.DATABASE === undefined) throw new Error("no database");

export const handler = (): string => "never";
