// The memory of another Node process as its own debugger tells it, so that garbage is not taken for what is kept.
const debuggerPort = 9229

/** Switches the debugger of a process on (it listens on loopback only) and connects to it. Not on Windows, which has no such signal. */
export async function inspectHeap(pid) {
  process.kill(pid, 'SIGUSR1')
  const socket = new WebSocket(await addressOf(pid))
  await new Promise((resolve, reject) => {
    socket.addEventListener('open', resolve, { once: true })
    socket.addEventListener('error', reject, { once: true })
  })
  let lastId = 0
  const call = (method, params, onChunk = () => {}) =>
    new Promise((resolve, reject) => {
      lastId += 1
      const id = lastId
      const listen = ({ data }) => {
        const message = JSON.parse(data)
        if (message.method === 'HeapProfiler.addHeapSnapshotChunk') return onChunk(message.params.chunk)
        if (message.id !== id) return
        socket.removeEventListener('message', listen)
        if (message.error) reject(new Error(`${method}: ${message.error.message}`))
        else resolve(message.result)
      }
      socket.addEventListener('message', listen)
      socket.send(JSON.stringify({ id, method, params }))
    })
  await call('HeapProfiler.enable')
  return {
    /** Bytes that live JavaScript objects take, after a collection of all that nobody holds. */
    async used() {
      await call('HeapProfiler.collectGarbage')
      return (await call('Runtime.getHeapUsage')).usedSize
    },
    /** A snapshot for the developer tools of a browser, piece by piece. */
    async snapshot(onChunk) {
      await call('HeapProfiler.takeHeapSnapshot', { reportProgress: false }, onChunk)
    },
    close: () => socket.close(),
  }
}

/** Of the one process that listens there: it may take a moment to begin. */
async function addressOf(pid) {
  for (let attempt = 0; attempt < 100; attempt += 1) {
    const answer = await fetch(`http://127.0.0.1:${debuggerPort}/json/list`).catch(() => null)
    const [target] = answer ? await answer.json() : []
    if (target) return target.webSocketDebuggerUrl
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  throw new Error(`The process ${pid} did not open its debugger on port ${debuggerPort}`)
}
