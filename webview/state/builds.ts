import type { BuildProgress, BuiltKnowledgeBase } from '../../protocol/knowledgeBases.ts'
import type { PageEvent, PageResult } from '../../protocol/page.ts'
import type { Reason } from '../../protocol/reasons.ts'
import type { Host } from '../host/host.ts'

/** How far the build of a knowledge base is. `isOurs`: it was started in this page, and can be stopped here. */
export type KnowledgeBuild =
  | { kind: 'running'; progress: BuildProgress | null; isOurs: boolean }
  | { kind: 'failed'; reason: Reason }
  | { kind: 'done'; built: BuiltKnowledgeBase }

/** Builds of knowledge bases. They go on while another page of the panel is shown. */
export class Builds {
  readonly #host: Host
  readonly #all = new Map<string, KnowledgeBuild>()
  readonly #running = new Map<string, AbortController>()
  readonly #listeners = new Set<() => void>()

  constructor(host: Host) {
    this.#host = host
  }

  /** Null: none that is known of. */
  of(name: string): KnowledgeBuild | null {
    return this.#all.get(name) ?? null
  }

  watch(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  /** Answers when it has ended. What was paid for until it was stopped is kept: the next build goes on there. */
  async start(name: string): Promise<PageResult<'kb/build'>> {
    const controller = new AbortController()
    this.#running.set(name, controller)
    this.#put(name, { kind: 'running', progress: null, isOurs: true })
    const built = await this.#host.request('kb/build', { name }, controller.signal)
    this.#running.delete(name)
    this.#put(name, built.ok ? { kind: 'done', built: built.value } : { kind: 'failed', reason: built.reason })
    return built
  }

  stop(name: string): void {
    this.#running.get(name)?.abort()
  }

  dismiss(name: string): void {
    this.#put(name, null)
  }

  onEvent(event: PageEvent): void {
    if (event.name !== 'kb/progress') return
    const { name } = event.params
    // Another window's build is over when its last batch was told: what it came to is in the list.
    const isOurs = this.#running.has(name)
    const isOver = !isOurs && event.params.embedded >= event.params.missing
    this.#put(name, isOver ? null : { kind: 'running', progress: event.params, isOurs })
  }

  #put(name: string, build: KnowledgeBuild | null): void {
    if (build === null) this.#all.delete(name)
    else this.#all.set(name, build)
    for (const listener of this.#listeners) listener()
  }
}
