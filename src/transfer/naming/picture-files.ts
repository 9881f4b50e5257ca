import { InputError } from "../../errors.js";
import { listFolder } from "../../files/look.js";

const IMAGE_NAME = /\.(jpe?g|png|webp|gif)$/i;

/** The names of the pictures in a folder, sorted. @throws InputError when there are none */
export async function pictureFiles(folder: string): Promise<string[]> {
  const files = (await listFolder(folder)).filter((name) => IMAGE_NAME.test(name));
  if (files.length > 0) return files;
  throw new InputError(`${folder}: holds no pictures; expected JPEG, PNG, WebP or GIF files`);
}
