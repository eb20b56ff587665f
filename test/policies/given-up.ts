/** Rules that an option is there to give up: what to write, the program that does, and the rule's title. */
export const givenUp: readonly { readonly option: string; readonly program: string; readonly rule: string }[] = [
  { option: "Api `accessLog: false`", program: "ApiArgs.accessLog 2", rule: "APIs log each request" },
  { option: "Api `cors: true`", program: "ApiArgs.cors 1", rule: "pages of other sites may not call" },
  { option: 'Api `cors: { origins: ["*"] }`', program: "ApiCors.origins", rule: "pages of other sites may not call" },
  {
    option: "Queue `deadLetters: { alarm: false }`",
    program: "DeadLetterArgs.alarm 2",
    rule: "an alarm watches a queue's dead letters",
  },
  {
    option: "Queue `deadLetters: anotherQueue`",
    program: "shared dead letters",
    rule: "an alarm watches a queue's dead letters",
  },
  {
    option: "Queue `deadLetters: { retention }`, where shorter than the queue's own",
    program: "DeadLetterArgs.retention",
    rule: "dead letters are kept at least as long as messages",
  },
];
