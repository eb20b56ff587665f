import { expect } from "chai";
import { TandemError } from "../../components";
import { record } from "../../testing";

/** The error that recording a program ends with. */
export async function refusal(program: () => unknown): Promise<TandemError> {
  const error: unknown = await record(() => void program()).catch((thrown: unknown) => thrown);
  expect(error).to.be.instanceOf(TandemError);
  return error as TandemError;
}
