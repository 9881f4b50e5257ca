/** A scheme of more letters than a drive of Windows has; joining paths leaves one slash of two. */
const URL = /^[a-z][a-z\d+.-]+:\/{1,2}/i;
const HUB_URL = /^(?:https?:\/{1,2}(?:www\.)?(?:huggingface\.co|hf\.co)|hf:\/)\/(?:models\/)?([\w.-]+\/[\w.-]+)/i;

/** What is wrong with a path that is a URL, and how what it names is fetched, for nothing is downloaded here; undefined for a path. */
export function describeUrl(path: string): string | undefined {
  if (!URL.test(path)) return undefined;
  const repository = HUB_URL.exec(path)?.[1];
  return repository === undefined
    ? "is a URL, a path was expected; download it, then name the file or folder"
    : `is a URL, a path was expected; fetch it with: hf download ${repository}, then name it ${repository}`;
}
