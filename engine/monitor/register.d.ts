/** Loading this lets Node `require` TypeScript; it exports nothing. */
export {};
