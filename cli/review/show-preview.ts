import { unknownName } from "../find-resource";
import { permissionLines } from "./permission-text";
import { previewOf } from "./preview";
import { previewText } from "./preview-text";
import { recordFolder, type RecordedOptions } from "./record-folder";

/** `tandem preview`. */
export async function showPreview(options: RecordedOptions & { json: boolean; all: boolean }): Promise<void> {
  const preview = previewOf(await recordFolder(options));
  process.stdout.write(options.json ? `${JSON.stringify(preview, undefined, 2)}\n` : previewText(preview, options.all));
}

/**
 * `tandem permissions`: of all handlers and tasks, or of one.
 * @throws `ERR_NOT_FOUND`
 */
export async function showPermissions(
  handler: string | undefined,
  options: RecordedOptions & { json: boolean },
): Promise<void> {
  const { permissions } = previewOf(await recordFolder(options));
  const found = permissions.filter(({ name }) => handler === undefined || name === handler);
  if (handler !== undefined && found.length === 0) {
    const names = permissions.map(({ name }) => name);
    throw unknownName(
      "the program has no function or task of that name",
      handler,
      names,
      "the program has no functions or tasks",
    );
  }
  const lines = options.json
    ? found.map((permitted) => JSON.stringify(permitted))
    : found.flatMap((permitted) => permissionLines(permitted));
  process.stdout.write(lines.map((line) => `${line}\n`).join(""));
}
