import { v10, v3 } from "./a";
const [, v22 = 9] = [0, v10, 3];
const v29 = new Map<number, number>([[1, 1]]);
const v30: number[] = [v29.get(1) ?? 7];
const [, v34 = (7 + 2) % 1000] = [0, v10, 3];
class v37 {
  f38 = 1;
  #h39 = 1;
  static made = 0;
  constructor(given: number) {
    this.f38 += given;
    v37.made++;
  }
  step(x: number): number {
    this.#h39 += x;
    return this.#h39;
  }
  peek(): number {
    return 8;
  }
  get size(): number {
    return this.f38 + v37.made;
  }
}
function make(g50: number) {
  let w49 = v10;
  const v51 = new v37(4);
  v29.set(2, 2);
  for (const i52 of [1, 2]) {
    if (((v34 + 7) % 1000) % 2 === 0) {
    } else {
      w49 = 1;
    }
  }
  let v54 = v22;
  for (let i55 = 0; i55 < 2; i55++) {
    v29.set(1, v34);
    v30.push(w49);
  }
  v30.push(v10);
  return {
    async run(event: number) {
      w49++;
      if (4 % 2 === 0) {
        v54++;
      } else {
        v3(5);
      }
      for (const i57 of [1, 2]) {
        for (let i58 = 0; i58 < 2; i58++) {
          v54 = 2;
        }
      }
      v51.step(3);
      return [
        v29.get(0) ?? 7,
        JSON.parse(JSON.stringify([[...v29]])),
        JSON.parse(JSON.stringify([v51.peek()])),
        JSON.parse(JSON.stringify([v51.size])),
        JSON.parse(JSON.stringify([v22])),
        JSON.parse(JSON.stringify([v34])),
        JSON.parse(JSON.stringify([w49])),
        JSON.parse(JSON.stringify([g50])),
      ];
    },
  };
}
export const handler = make(2).run;
