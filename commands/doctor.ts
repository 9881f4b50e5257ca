import { Flags } from "@oclif/core";
import { BaseCommand } from "../cli/base-command.js";
import { grouped } from "../cli/flag-groups.js";
import { hubCache } from "../cli/flags.js";
import { UnavailableError } from "../src/errors.js";
import { doctorText, type DoctorResult } from "../src/doctor/doctor-report.js";
import { diagnose } from "../src/doctor/diagnose.js";
import { DEVICES, type DeviceKind } from "../src/runtime/sessions/device.js";

export default class Doctor extends BaseCommand {
  static override summary = "Show what this machine can run, and how to add what is missing.";
  static override description =
    "Gives every device a small product in every --dtype and looks at the result. With --device, fails unless that one runs: " +
    "a check to put before a long job.";
  static override examples = [
    "<%= config.bin %> <%= command.id %>",
    "<%= config.bin %> <%= command.id %> --device cuda && <%= config.bin %> eval ...",
  ];
  static override flags = grouped(
    {
      device: Flags.option({
        options: Object.keys(DEVICES) as DeviceKind[],
        description: "try this device alone, and fail when it is missing",
      })(),
    },
    {},
  );

  async run(): Promise<DoctorResult> {
    const { flags } = await this.parse(Doctor);
    const diagnosis = await diagnose({ device: flags.device, signal: this.signal, onProgress: this.progress });
    if (flags.device !== undefined) requireDevice(diagnosis);
    const folders = { cache: this.config.cacheDir, huggingFace: hubCache() };
    return this.show({ ...diagnosis, folders }, (result) => doctorText(result, { colour: this.colour }));
  }
}

/** The first problem is why nothing runs. */
function requireDevice({ devices, problems }: Pick<DoctorResult, "devices" | "problems">): void {
  if (devices.some(({ runs }) => runs.length > 0)) return;
  throw new UnavailableError([...devices.flatMap((device) => device.problems), ...problems][0]!);
}
