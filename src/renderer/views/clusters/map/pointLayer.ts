/** @file Draws a million points: with WebGL 2, or pixel by pixel where there is none. */

import type { MapView } from '../../../state/mapView.ts';

export interface Frame {
  view: MapView;
  /** CSS pixels. */
  width: number;
  height: number;
  /** Diameter in CSS pixels. */
  size: number;
}

export interface PointLayer {
  kind: 'webgl' | 'pixels';
  /** `[n, 2]` */
  setPositions: (positions: Float32Array) => void;
  /** Red, green, blue and opacity, `[n, 4]`. */
  setColours: (colours: Uint8Array) => void;
  draw: (frame: Frame) => void;
  dispose: () => void;
}

const vertexSource = `#version 300 es
in vec2 place;
in vec4 colour;
uniform vec2 centre;
uniform vec2 scale;
uniform float size;
out vec4 ink;
void main() {
  gl_Position = vec4((place - centre) * scale, 0.0, 1.0);
  gl_PointSize = size;
  ink = colour;
}`;

/** A disc with a soft edge; colours are premultiplied. */
const fragmentSource = `#version 300 es
precision highp float;
in vec4 ink;
uniform float size;
out vec4 pixel;
void main() {
  float reach = length(gl_PointCoord - 0.5) * size;
  float cover = size < 2.5 ? 1.0 : clamp(size * 0.5 - reach + 0.5, 0.0, 1.0);
  pixel = vec4(ink.rgb, 1.0) * ink.a * cover;
}`;

/** @param onRestored draw again: the graphics processor lost everything and is back */
export function createPointLayer(canvas: HTMLCanvasElement, onRestored: () => void): PointLayer {
  const gl = canvas.getContext('webgl2', { antialias: false, premultipliedAlpha: true });
  return gl ? webglLayer(canvas, gl, onRestored) : pixelLayer(canvas);
}

function webglLayer(canvas: HTMLCanvasElement, gl: WebGL2RenderingContext, onRestored: () => void): PointLayer {
  let positions: Float32Array = new Float32Array();
  let colours: Uint8Array = new Uint8Array();
  let parts = build(gl);
  const lost = (event: Event): void => {
    event.preventDefault();
  };
  const restored = (): void => {
    parts = build(gl);
    upload(gl, parts.positions, positions);
    upload(gl, parts.colours, colours);
    onRestored();
  };
  canvas.addEventListener('webglcontextlost', lost);
  canvas.addEventListener('webglcontextrestored', restored);
  return {
    kind: 'webgl',
    setPositions: (next) => {
      positions = next;
      upload(gl, parts.positions, next);
    },
    setColours: (next) => {
      colours = next;
      upload(gl, parts.colours, next);
    },
    draw: ({ view, width, height, size }) => {
      const ratio = fitCanvas(canvas, width, height);
      gl.viewport(0, 0, canvas.width, canvas.height);
      gl.clearColor(0, 0, 0, 0);
      gl.clear(gl.COLOR_BUFFER_BIT);
      gl.uniform2f(parts.uniforms.centre, view.x, view.y);
      gl.uniform2f(parts.uniforms.scale, (2 * view.scale) / width, (2 * view.scale) / height);
      gl.uniform1f(parts.uniforms.size, size * ratio);
      gl.drawArrays(gl.POINTS, 0, Math.min(positions.length / 2, colours.length / 4));
    },
    dispose: () => {
      canvas.removeEventListener('webglcontextlost', lost);
      canvas.removeEventListener('webglcontextrestored', restored);
      gl.deleteBuffer(parts.positions);
      gl.deleteBuffer(parts.colours);
      gl.deleteProgram(parts.program);
    },
  };
}

interface Parts {
  program: WebGLProgram;
  positions: WebGLBuffer;
  colours: WebGLBuffer;
  uniforms: Record<'centre' | 'scale' | 'size', WebGLUniformLocation | null>;
}

function build(gl: WebGL2RenderingContext): Parts {
  const program = gl.createProgram();
  for (const [kind, source] of [
    [gl.VERTEX_SHADER, vertexSource],
    [gl.FRAGMENT_SHADER, fragmentSource],
  ] as const) {
    const shader = gl.createShader(kind)!;
    gl.shaderSource(shader, source);
    gl.compileShader(shader);
    gl.attachShader(program, shader);
  }
  gl.linkProgram(program);
  if (!gl.getProgramParameter(program, gl.LINK_STATUS) && !gl.isContextLost()) {
    throw new Error(`The map's shaders do not link: ${gl.getProgramInfoLog(program)}`);
  }
  gl.useProgram(program);
  gl.enable(gl.BLEND);
  gl.blendFunc(gl.ONE, gl.ONE_MINUS_SRC_ALPHA);
  const buffer = (name: string, size: number, type: number, normalised: boolean): WebGLBuffer => {
    const made = gl.createBuffer();
    const location = gl.getAttribLocation(program, name);
    gl.bindBuffer(gl.ARRAY_BUFFER, made);
    gl.enableVertexAttribArray(location);
    gl.vertexAttribPointer(location, size, type, normalised, 0, 0);
    return made;
  };
  const uniform = (name: string) => gl.getUniformLocation(program, name);
  return {
    program,
    positions: buffer('place', 2, gl.FLOAT, false),
    colours: buffer('colour', 4, gl.UNSIGNED_BYTE, true),
    uniforms: { centre: uniform('centre'), scale: uniform('scale'), size: uniform('size') },
  };
}

function upload(gl: WebGL2RenderingContext, buffer: WebGLBuffer, data: ArrayBufferView): void {
  gl.bindBuffer(gl.ARRAY_BUFFER, buffer);
  gl.bufferData(gl.ARRAY_BUFFER, data, gl.STATIC_DRAW);
}

/** Gives the canvas one pixel for each of the screen. Returns how many that are for a CSS pixel. */
function fitCanvas(canvas: HTMLCanvasElement, width: number, height: number): number {
  const ratio = window.devicePixelRatio;
  const [w, h] = [Math.max(1, Math.round(width * ratio)), Math.max(1, Math.round(height * ratio))];
  if (canvas.width !== w) canvas.width = w;
  if (canvas.height !== h) canvas.height = h;
  return ratio;
}

/** Squares of whole pixels, later points over earlier ones. */
function pixelLayer(canvas: HTMLCanvasElement): PointLayer {
  const context = canvas.getContext('2d');
  let positions: Float32Array = new Float32Array();
  let colours: Uint32Array = new Uint32Array();
  return {
    kind: 'pixels',
    setPositions: (next) => {
      positions = next;
    },
    setColours: (next) => {
      colours = new Uint32Array(next.buffer, next.byteOffset, next.length / 4);
    },
    draw: ({ view, width, height, size }) => {
      const ratio = fitCanvas(canvas, width, height);
      const image = new ImageData(canvas.width, canvas.height);
      const pixels = new Uint32Array(image.data.buffer);
      const side = Math.max(1, Math.round(size * ratio * 0.85));
      const scale = view.scale * ratio;
      const [left, top] = [canvas.width / 2 - side / 2, canvas.height / 2 - side / 2];
      for (let i = 0; i < colours.length; i++) {
        const x = Math.round(left + (positions[2 * i]! - view.x) * scale);
        const y = Math.round(top - (positions[2 * i + 1]! - view.y) * scale);
        if (x < 0 || y < 0 || x + side > canvas.width || y + side > canvas.height) continue;
        for (let row = y; row < y + side; row++) {
          const start = row * canvas.width + x;
          pixels.fill(colours[i]!, start, start + side);
        }
      }
      context?.putImageData(image, 0, 0);
    },
    dispose: () => undefined,
  };
}
