/** @file Names of devices: auto, cpu, gpu and gpu:N; several as gpu:0,1 or cpu,cpu. */

import { UsageError } from '../errors.ts';

/** The devices that a text names, `gpu:0,1` as `gpu:0` and `gpu:1`. @throws {UsageError} */
export function parseDevices(text: string): string[] {
  const parts = text.split(',');
  const names = parts.map((part, at) =>
    at > 0 && parts[0]!.startsWith('gpu:') && /^\d+$/.test(part) ? `gpu:${part}` : part,
  );
  const wrong = names.find((name) => !/^(cpu|gpu(:\d+)?)$/.test(name) && text !== 'auto');
  if (wrong !== undefined) {
    throw new UsageError(
      `There is no device "${wrong}". Devices are auto, cpu and gpu:N; several are gpu:0,1 or cpu,cpu.`,
    );
  }
  const twice = names.find((name, at) => name !== 'cpu' && names.indexOf(name) !== at);
  if (twice !== undefined) throw new UsageError(`${twice} is named twice in "${text}".`);
  return names;
}

/** What TensorFlow reads when it is loaded. `auto` leaves the choice to it: a GPU where its build and the machine have one. */
export function environmentOf(device: string): Record<string, string> {
  if (device === 'auto') return {};
  if (device === 'cpu') return { CUDA_VISIBLE_DEVICES: '-1', DISTILLERY_DEVICE: 'cpu' };
  return { CUDA_VISIBLE_DEVICES: device.split(':')[1] ?? '0', DISTILLERY_DEVICE: 'gpu' };
}
