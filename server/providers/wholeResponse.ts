const jsonHeaders = new Headers({ 'content-type': 'application/json' })
const textHeaders = new Headers({ 'content-type': 'text/plain; charset=utf-8' })

/**
 * An answer that is there as a whole, in the shape of what `fetch` answers. A `Response` proper puts the bytes into a stream, to be read
 * out of it again, which takes longer than sending the request did; here one is only made for what hardly anybody asks for.
 */
export class WholeResponse implements Response {
  readonly status: number
  readonly headers: Headers
  readonly statusText = ''
  readonly url = ''
  readonly redirected = false
  readonly type = 'default'
  readonly #bytes: Uint8Array<ArrayBuffer> | null
  #made: Response | null = null
  #isRead = false

  constructor(status: number, isJson: boolean, bytes: Uint8Array | null) {
    this.status = status
    this.headers = isJson ? jsonHeaders : textHeaders
    this.#bytes = bytes as Uint8Array<ArrayBuffer> | null
  }

  get ok(): boolean {
    return this.status >= 200 && this.status <= 299
  }

  get bodyUsed(): boolean {
    return this.#isRead || (this.#made?.bodyUsed ?? false)
  }

  get body() {
    return this.#response().body
  }

  async text(): Promise<string> {
    if (this.#made !== null) return await this.#made.text()
    if (this.#isRead) throw new TypeError('The body has been read already')
    this.#isRead = true
    return new TextDecoder().decode(this.#bytes ?? undefined)
  }

  async json(): Promise<unknown> {
    return JSON.parse(await this.text())
  }

  arrayBuffer() {
    return this.#response().arrayBuffer()
  }

  blob() {
    return this.#response().blob()
  }

  bytes() {
    return this.#response().bytes()
  }

  formData() {
    return this.#response().formData()
  }

  clone() {
    return this.#response().clone()
  }

  #response(): Response {
    const { status, headers } = this
    this.#made ??= new Response(this.#isRead ? null : this.#bytes, { status, headers })
    return this.#made
  }
}
