import { attributeOperations } from "./attribute-operations";
import { bucketOperations } from "./bucket-operations";
import { bucketSettingOperations } from "./bucket-questions";
import { copyOperations } from "./copy-operations";
import { deleteOperations } from "./delete-operations";
import { formOperations } from "./form-upload";
import { listOperations } from "./list-operations";
import { partOperations } from "./part-operations";
import { readOperations } from "./read-operations";
import type { S3Operation } from "./s3-operation";
import { taggingOperations } from "./tagging-operations";
import { uploadListOperations } from "./upload-list-operations";
import { uploadOperations } from "./upload-operations";
import { writeOperations } from "./write-operations";

/** Every operation of S3 that the store knows; all else is NotImplemented. */
export const s3Operations: readonly S3Operation[] = [
  ...bucketOperations,
  ...listOperations,
  ...readOperations,
  ...writeOperations,
  ...copyOperations,
  ...deleteOperations,
  ...uploadOperations,
  ...partOperations,
  ...uploadListOperations,
  ...bucketSettingOperations,
  ...taggingOperations,
  ...attributeOperations,
  ...formOperations,
];
