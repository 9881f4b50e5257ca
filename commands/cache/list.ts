import { BaseCommand } from "../../cli/base-command.js";
import { cacheText } from "../../cli/cache-text.js";
import { listCache, type CacheListing } from "../../src/runtime/parts/cache-files.js";

export default class CacheList extends BaseCommand {
  static override summary = "Show what was worked out once and is kept.";
  static override description =
    "Folded adapters, weights in other types and the like, so that a model loads faster the next time. LANGBRIDGE_CACHE_DIR in the environment " +
    "names another folder.";
  static override examples = ["<%= config.bin %> <%= command.id %>"];

  async run(): Promise<CacheListing> {
    await this.parse(CacheList);
    return this.show(await listCache(this.config.cacheDir), (listing) => cacheText(listing, ""));
  }
}
