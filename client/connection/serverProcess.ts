/**
 * How the server's process is started, by the editor and by the bench. A run makes short-lived objects by the million: a small young
 * generation keeps its memory flat (about a quarter of what the default takes over a million rows), at a price that only an instant model
 * would show. With a heap that may become as large as the machine allows, V8 collects so late that a run takes twice the memory; results
 * and columns are not on it.
 */
export const serverArguments = ['--max-semi-space-size=2', '--max-old-space-size=1024']

/** glibc gives each of thirty threads memory of its own, and keeps it: 20 MB of a long run. Other systems do not know the name. */
export const serverVariables = { MALLOC_ARENA_MAX: '2' }
