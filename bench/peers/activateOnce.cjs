// Loads an extension bundle in this fresh process with a stand-in for the editor, and tells how long loading and activating took.
const Module = require('node:module')
const { mkdtempSync } = require('node:fs')
const os = require('node:os')
const path = require('node:path')

const bundle = process.argv[2]
const extensionFolder = path.resolve(path.dirname(bundle), '..')
const manifest = JSON.parse(require('node:fs').readFileSync(process.argv[3], 'utf8'))

/** Answers to every name with something that can be called, constructed, extended and awaited. */
function standIn(known = {}) {
  const target = function standInFunction() {}
  return new Proxy(target, {
    get(_, name) {
      if (Object.hasOwn(known, name)) return known[name]
      if (name === 'prototype') return target.prototype
      if (name === Symbol.toPrimitive) return () => ''
      if (name === Symbol.iterator) return [][Symbol.iterator]
      if (name === 'then' || typeof name === 'symbol') return undefined
      known[name] = standIn()
      return known[name]
    },
    set(_, name, value) {
      known[name] = value
      return true
    },
    apply: () => standIn(),
    construct: () => standIn(),
  })
}

const uri = (fsPath) => ({ fsPath, path: fsPath, scheme: 'file', toString: () => `file://${fsPath}` })
const dataFolder = mkdtempSync(path.join(os.tmpdir(), 'llm-providers-activate-'))
const vscode = standIn({
  version: '1.139.1',
  env: standIn({ language: 'en', remoteName: undefined, uriScheme: 'vscode' }),
  workspace: standIn({ isTrusted: true, workspaceFolders: undefined, textDocuments: [], notebookDocuments: [] }),
  window: standIn({ activeTextEditor: undefined, visibleTextEditors: [] }),
})

const load = Module._load
Module._load = (name, ...rest) => (name === 'vscode' ? vscode : load.call(Module, name, ...rest))

const context = standIn({
  subscriptions: [],
  extensionPath: extensionFolder,
  extensionUri: uri(extensionFolder),
  globalStorageUri: uri(dataFolder),
  storageUri: uri(dataFolder),
  logUri: uri(dataFolder),
  extensionMode: 1,
  extension: standIn({ packageJSON: manifest, id: 'llm-providers.llm-providers' }),
  asAbsolutePath: (relative) => path.join(extensionFolder, relative),
  secrets: {
    get: async () => undefined,
    store: async () => {},
    delete: async () => {},
    onDidChange: () => ({ dispose() {} }),
  },
})

async function measure() {
  const started = performance.now()
  const extension = require(bundle)
  const loaded = performance.now()
  await extension.activate(context)
  const activated = performance.now()
  process.stdout.write(JSON.stringify({ load: loaded - started, activate: activated - loaded }), () => process.exit())
}

measure().catch((error) => {
  console.error(error)
  process.exit(1)
})
