/** @file Floating-point numbers as files hold them, little endian. */

/** Types that are read as float32. */
export type FloatType = 'F32' | 'F16' | 'BF16' | 'F64';

export const isFloatType = (dtype: string): dtype is FloatType => ['F32', 'F16', 'BF16', 'F64'].includes(dtype);

/** The numbers in `bytes`; float32 ones are a view of it. */
export function toFloat32(bytes: ArrayBuffer, dtype: FloatType): Float32Array {
  switch (dtype) {
    case 'F32':
      return new Float32Array(bytes);
    case 'F64':
      return Float32Array.from(new Float64Array(bytes));
    case 'F16':
      return Float32Array.from(new Float16Array(bytes));
    case 'BF16': {
      const bits = new Uint16Array(bytes);
      const words = new Uint32Array(bits.length);
      for (let i = 0; i < bits.length; i++) words[i] = bits[i]! << 16;
      return new Float32Array(words.buffer);
    }
  }
}
