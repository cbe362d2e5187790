// The built terminal, as a person types it, with a data folder of its own.
import { spawn } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'

export class Terminal {
  #cli
  #folder
  #environment
  #running = new Set()

  constructor(cli, folder, environment = {}) {
    this.#cli = cli
    this.#folder = folder
    this.#environment = { ...process.env, ...environment, LLM_PROVIDERS_HOME: path.join(folder, 'data'), NO_COLOR: '1' }
  }

  /** `process` and `finished`: `{ code, out, err }`; a command that takes too long is ended. */
  start(words, { minutes = 5 } = {}) {
    const child = spawn(process.execPath, [this.#cli, ...words], { cwd: this.#folder, env: this.#environment })
    this.#running.add(child)
    const text = { out: '', err: '' }
    child.stdout.on('data', (piece) => {
      text.out += piece
    })
    child.stderr.on('data', (piece) => {
      text.err += piece
    })
    child.stdin.end()
    const late = setTimeout(() => child.kill('SIGKILL'), minutes * 60_000)
    const finished = new Promise((resolve) => {
      child.once('close', (code) => {
        clearTimeout(late)
        this.#running.delete(child)
        resolve({ code, ...text })
      })
    })
    return { process: child, finished }
  }

  async run(words, options) {
    return await this.start(words, options).finished
  }

  /** The value of a command that must succeed. */
  async json(words, options) {
    const { code, out, err } = await this.run([...words, '--json'], options)
    let answer
    try {
      answer = JSON.parse(out)
    } catch {
      throw new Error(`${words.join(' ')} ended with ${code} and no JSON: ${(err || out).slice(-300)}`)
    }
    if (!answer.ok) {
      const { code: reason, message } = answer.reason
      throw Object.assign(new Error(`${words.join(' ')}: ${reason}, ${message}`), { code: reason })
    }
    return answer.value
  }

  /** The records of a results file; none where there is no file. */
  results(name) {
    const file = path.join(this.#folder, name)
    if (!existsSync(file)) return []
    return readFileSync(file, 'utf8')
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line))
  }

  killAll() {
    for (const child of this.#running) child.kill('SIGKILL')
  }
}
