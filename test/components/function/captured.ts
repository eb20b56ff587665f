/** A module of the user's own, as handlers capture from it. */
export const shared = { greeting: "hello" };

export function greet(name: string): string {
  return `${shared.greeting} ${name}`;
}
