import { mkdir, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'

/** Puts a package in the place of the keyring's library, where npm would have installed it: beside the program. */
export async function installKeyringPackage(program: string, source: string): Promise<void> {
  const folder = path.join(path.dirname(program), 'node_modules', '@napi-rs', 'keyring')
  await mkdir(folder, { recursive: true })
  await writeFile(path.join(folder, 'package.json'), '{"name":"@napi-rs/keyring","main":"index.js"}')
  await writeFile(path.join(folder, 'index.js'), source)
}

/** The library's interface as its own declarations say, over a file. */
export const workingKeyringPackage = `
const fs = require('node:fs'), file = require('node:path').join(__dirname, 'secrets.json')
const load = () => (fs.existsSync(file) ? JSON.parse(fs.readFileSync(file, 'utf8')) : {})
const change = (edit) => { const all = load(); const done = edit(all); fs.writeFileSync(file, JSON.stringify(all)); return done }
exports.AsyncEntry = class {
  constructor(service, account, options) {
    if (service !== 'llm-providers' || options.linux.store !== 'secret-service') throw new Error('another place')
    this.account = account
  }
  async getPassword() { return load()[this.account] ?? null }
  async setPassword(secret) { change((all) => { all[this.account] = secret }) }
  async deletePassword() { return change((all) => delete all[this.account]) }
}
exports.findCredentialsAsync = async () => Object.entries(load()).map(([account, password]) => ({ account, password }))
`

export async function removeKeyringPackage(program: string): Promise<void> {
  await rm(path.join(path.dirname(program), 'node_modules'), { recursive: true, force: true })
}
