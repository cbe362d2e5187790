type NumberArray = Uint8Array | Uint16Array | Uint32Array | Int32Array | Float32Array | Float64Array

const chunkSize = 65_536

/** A growing list of numbers in typed arrays of one size: a million items cost their bytes and no copying. */
export interface Column {
  get(index: number): number
  set(index: number, value: number): void
  /** The same for a column of which most is 0: no memory is taken for stretches without anything else. */
  setRare(index: number, value: number): void
  /** What it holds in memory. */
  readonly bytes: number
  /** Its memory, in stretches that were not all needed, to be kept in a file. */
  stretches(): (Uint8Array | null)[]
  /** Empty memory for a stretch, to be filled by whoever reads it from there. */
  stretch(place: number): Uint8Array
}

export function createColumn(create: (length: number) => NumberArray): Column {
  const chunks: NumberArray[] = []

  function set(index: number, value: number): void {
    const place = Math.floor(index / chunkSize)
    let chunk = chunks[place]
    if (!chunk) {
      chunk = create(chunkSize)
      chunks[place] = chunk
    }
    chunk[index % chunkSize] = value
  }

  return {
    get: (index) => chunks[Math.floor(index / chunkSize)]?.[index % chunkSize] ?? 0,
    set,
    setRare(index, value) {
      if (value !== 0 || chunks[Math.floor(index / chunkSize)]) set(index, value)
    },
    get bytes() {
      return chunks.reduce((sum, chunk) => sum + chunk.byteLength, 0)
    },
    stretches: () => Array.from(chunks, (chunk) => (chunk ? bytesOf(chunk) : null)),
    stretch(place) {
      const chunk = create(chunkSize)
      chunks[place] = chunk
      return bytesOf(chunk)
    },
  }
}

function bytesOf({ buffer, byteOffset, byteLength }: NumberArray): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength)
}
