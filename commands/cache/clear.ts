import { BaseCommand } from "../../cli/base-command.js";
import { cacheText } from "../../cli/cache-text.js";
import { clearCache, type CacheListing } from "../../src/runtime/parts/cache-files.js";

export default class CacheClear extends BaseCommand {
  static override summary = "Delete what was worked out once; it is made again when it is needed.";
  static override description = "Files in the cache folder that langbridge did not write stay.";
  static override examples = ["<%= config.bin %> <%= command.id %>"];

  async run(): Promise<CacheListing> {
    await this.parse(CacheClear);
    return this.show(await clearCache(this.config.cacheDir), (listing) => cacheText(listing, ", deleted"));
  }
}
