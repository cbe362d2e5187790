type NumberArray = Uint8Array | Uint16Array | Uint32Array | Int32Array | Float32Array | Float64Array

const chunkSize = 65_536

/** A growing list of numbers in typed arrays of one size: a million items cost their bytes and no copying. */
export class Column {
  readonly #create: (length: number) => NumberArray
  readonly #chunks: NumberArray[] = []

  constructor(create: (length: number) => NumberArray) {
    this.#create = create
  }

  get(index: number): number {
    return this.#chunks[Math.floor(index / chunkSize)]?.[index % chunkSize] ?? 0
  }

  set(index: number, value: number): void {
    const place = Math.floor(index / chunkSize)
    const chunk = this.#chunks[place] ?? this.#addChunk(place)
    chunk[index % chunkSize] = value
  }

  /** The same for a column of which most is 0: no memory is taken for stretches without anything else. */
  setRare(index: number, value: number): void {
    if (value !== 0 || this.#chunks[Math.floor(index / chunkSize)]) this.set(index, value)
  }

  /** What it holds in memory. */
  get bytes(): number {
    return this.#chunks.reduce((sum, chunk) => sum + chunk.byteLength, 0)
  }

  /** Its memory, in stretches that were not all needed, to be stored in a file. */
  stretches(): (Uint8Array | null)[] {
    return Array.from(this.#chunks, (chunk) => (chunk ? bytesOf(chunk) : null))
  }

  /** Empty memory for a stretch, to be filled from that file. */
  stretch(place: number): Uint8Array {
    return bytesOf(this.#addChunk(place))
  }

  #addChunk(place: number): NumberArray {
    const chunk = this.#create(chunkSize)
    this.#chunks[place] = chunk
    return chunk
  }
}

function bytesOf({ buffer, byteOffset, byteLength }: NumberArray): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength)
}
