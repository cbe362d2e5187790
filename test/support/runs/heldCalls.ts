/**
 * Calls that end when the test says so, the oldest first. What a test then says of shares and orders depends on no disk: between two
 * of its turns a run may take as long as it likes.
 */
export class HeldCalls {
  #held: (() => void)[] = []
  #waiting: { count: number; resolve(): void }[] = []
  #isOpen = false

  /** For the script of a provider. */
  hold(): Promise<void> {
    if (this.#isOpen) return Promise.resolve()
    return new Promise((resolve) => {
      this.#held.push(resolve)
      const reached = this.#waiting.filter(({ count }) => count <= this.#held.length)
      this.#waiting = this.#waiting.filter((each) => !reached.includes(each))
      for (const each of reached) each.resolve()
    })
  }

  /** Settles when so many calls are under way. */
  reached(count: number): Promise<void> {
    if (this.#held.length >= count) return Promise.resolve()
    return new Promise((resolve) => this.#waiting.push({ count, resolve }))
  }

  release(): void {
    this.#held.shift()?.()
  }

  /** From now on calls end by themselves. */
  open(): void {
    this.#isOpen = true
    for (const end of this.#held.splice(0)) end()
  }
}
