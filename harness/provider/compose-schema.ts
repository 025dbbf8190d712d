/** The supported keys of a compose service. Any other key is refused. */
import { z } from 'zod'

/** Ignored keys: they concern parts that a firewall on the harness's wire does not have. */
const LEFT_OUT = [
  ...['networks', 'network_mode', 'ports', 'expose', 'links', 'dns', 'extra_hosts', 'hostname'],
  ...['depends_on', 'restart', 'container_name', 'healthcheck', 'labels', 'logging', 'profiles'],
  ...['sysctls', 'stdin_open', 'tty', 'init', 'stop_grace_period', 'pull_policy'],
]

/** Named volumes belong to a project that does not run. */
const FOLDERS = 'named volumes are not supported: mount a folder or a file (./SOURCE:/TARGET)'

const words = z.union([z.string(), z.array(z.string())])
const scalar = z.union([z.string(), z.number(), z.boolean(), z.null()])
const leftOut = Object.fromEntries(LEFT_OUT.map((key) => [key, z.unknown().optional()]))

/** The long form of `SOURCE:TARGET:ro`. */
const bind = z.strictObject({
  type: z.literal('bind'),
  source: z.string(),
  target: z.string(),
  read_only: z.boolean().optional(),
})

/** compose-rules.ts has checked these: what remains is harmless or trusted. */
const judged = {
  privileged: z.boolean().optional(),
  volumes: z.array(z.union([z.string().regex(/^[./~][^:]*:[^:]/, FOLDERS), bind])).optional(),
  devices: z.array(z.string()).optional(),
  device_cgroup_rules: z.array(z.string()).optional(),
  cap_add: z.array(z.string()).optional(),
  pid: z.string().optional(),
  ipc: z.string().optional(),
  uts: z.string().optional(),
  userns_mode: z.string().optional(),
  cgroup: z.string().optional(),
  cgroup_parent: z.string().optional(),
  runtime: z.string().optional(),
  security_opt: z.array(z.string()).optional(),
  ulimits: z
    .record(z.string(), z.union([z.int(), z.strictObject({ soft: z.int(), hard: z.int() })]))
    .optional(),
  oom_score_adj: z.int().min(-1000).max(1000).optional(),
}

export const serviceSchema = z
  .strictObject({
    ...leftOut,
    image: z.string().optional(),
    build: z
      .union([
        z.string(),
        z.strictObject({ context: z.string(), dockerfile: z.string().optional() }),
      ])
      .optional(),
    entrypoint: words.optional(),
    command: words.optional(),
    environment: z.union([z.array(z.string()), z.record(z.string(), scalar)]).optional(),
    user: z.union([z.string(), z.number()]).optional(),
    working_dir: z.string().optional(),
    cap_drop: z.array(z.string()).optional(),
    read_only: z.boolean().optional(),
    tmpfs: words.optional(),
    ...judged,
  })
  .refine(({ image, build }) => image !== undefined || build !== undefined, {
    error: 'must have an image or a build',
  })
