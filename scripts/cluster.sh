# A whole cluster on this machine: etcd, an S3 store, and nodes of every role. Sourced by ./x.
#
# All of it is in one folder: settings, data, and for each node NAME its NAME.out, NAME.log and
# NAME.pid. A process is ours when its number is in such a file and its command line names the
# folder: the number alone may be another's by now. What etcd and the S3 store hold stays when the
# cluster stops; they belong together, so they are made, and made anew, as a pair.

cluster_folder=$root/build/cluster
cluster_port=19531  # of the first proxy: where `eyrie import` and `eyrie search` look
cluster_nodes=(proxy-1 proxy-2 coordinator-1 coordinator-2 streaming-1 streaming-2 query-1 query-2
  data-1)
# The ports that follow the nodes'; behind the last the S3 store takes up to sixty more.
etcd_offset=10 etcd_peers_offset=11 s3_offset=12 s3_monitor_offset=13
ready_seconds=120 drain_seconds=60

# ./x cluster [start|status|stop] [--folder DIR] [--port PORT]
command_cluster() {
  local verb=start
  case ${1:-} in start | status | stop) verb=$1 && shift ;; esac
  local port_chosen=''
  while [ $# -gt 0 ]; do
    case $1 in
      --folder | --port) [ $# -ge 2 ] || misuse "cluster: $1 needs a value" ;;
      *) misuse "cluster takes start, status or stop, --folder and --port, not '$1'" ;;
    esac
    case $1 in
      --folder) cluster_folder=$(realpath -m -- "$2") ;;
      --port) cluster_port=$2 port_chosen=1 ;;
    esac
    shift 2
  done
  [[ $cluster_port =~ ^[0-9]{4,5}$ ]] && [ "$cluster_port" -le 65000 ] ||
    misuse "cluster: --port is '$cluster_port'; it takes 1000 to 65000"
  # A folder keeps its ports: etcd and the S3 store have them in their data.
  if [ -s "$cluster_folder/port" ]; then
    local kept
    kept=$(cat "$cluster_folder/port")
    [ -z "$port_chosen" ] || [ "$kept" = "$cluster_port" ] ||
      misuse "cluster: $cluster_folder is of port $kept; another --port needs another --folder"
    cluster_port=$kept
  fi
  "cluster_$verb"
}

node_address() {
  local i
  for i in "${!cluster_nodes[@]}"; do
    [ "${cluster_nodes[i]}" != "$1" ] || echo "127.0.0.1:$((cluster_port + i))"
  done
}

# The process of a node, if it runs.
node_pid() {
  local pid
  pid=$(cat "$cluster_folder/$1.pid" 2>/dev/null) || return 0
  if grep -qszxF -- "$cluster_folder/eyrie.yaml" "/proc/$pid/cmdline"; then echo "$pid"; fi
}

# Names of nodes that run.
running_nodes() {
  local node
  for node in "${cluster_nodes[@]}"; do
    [ -z "$(node_pid "$node")" ] || echo "$node"
  done
}

servers_run() {
  local file
  for file in "$cluster_folder"/etcd/n1.pid "$cluster_folder"/radosgw/{mon,osd,rgw}.pid; do
    if [ -s "$file" ] && grep -qsF -- "$cluster_folder/" "/proc/$(cat "$file")/cmdline"; then
      return
    fi
  done
  return 1
}

# --- start ---

cluster_start() {
  local nodes
  nodes=$(running_nodes)
  if [ "$(wc -w <<<"$nodes")" -eq ${#cluster_nodes[@]} ]; then
    say "the cluster in $cluster_folder runs already"
    describe_cluster
    return
  fi
  if [ -n "$nodes" ] || servers_run; then
    say "a part of the cluster in $cluster_folder runs:" ${nodes:-its servers}
    echo "   \`$(cluster_command stop)\` ends that; then it can be started again"
    exit 5
  fi
  ensure_packages build servers
  build_preset release eyrie || exit 5
  check_servers
  mkdir -p "$cluster_folder"
  exec 9>"$cluster_folder/lock"
  flock -n 9 || { say "the cluster in $cluster_folder is being started by another ./x" && exit 5; }
  check_ports
  # Whatever ends this before all is ready: nothing is left running. A signal is only noted, for a
  # process must not begin without that its number is known.
  trap 'abandon_start $?' EXIT
  trap 'interrupted=130' INT
  trap 'interrupted=143' TERM HUP
  start_servers
  start_nodes
  trap - EXIT INT TERM HUP
  say "the cluster is ready"
  describe_cluster
}

cluster_command() {
  local command="./x cluster"
  [ -z "${1:-}" ] || command+=" $1"
  [ "$cluster_folder" = "$root/build/cluster" ] || command+=" --folder $cluster_folder"
  echo "$command"
}

check_servers() {
  local server lacks
  for server in etcd radosgw; do
    lacks=$("$root/scripts/servers/$server" needs) && continue
    say "the cluster needs servers that are not installed: $lacks"
    exit 5
  done
}

# check_port NAME OFFSET
check_port() {
  local port=$((cluster_port + $2))
  if (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; then
    say "port $port of 127.0.0.1, for $1, is in use by another process; nothing was started"
    echo "   --port takes others: \`./x cluster --port $((cluster_port + 1000))" \
      "--folder build/cluster-2\`"
    exit 5
  fi
}

check_ports() {
  local i
  for i in "${!cluster_nodes[@]}"; do check_port "${cluster_nodes[i]}" "$i"; done
  check_port etcd "$etcd_offset"
  check_port "etcd's members" "$etcd_peers_offset"
  check_port "the S3 store" "$s3_offset"
  check_port "the S3 store's monitor" "$s3_monitor_offset"
}

interrupted=
end_if_interrupted() { [ -z "$interrupted" ] || exit "$interrupted"; }

# step COMMAND...: in a process group of its own, waited for such that a signal is met at once.
step_pid=
step() {
  setsid "$@" 9>&- &
  step_pid=$!
  end_if_interrupted
  if ! wait "$step_pid"; then
    end_if_interrupted
    exit 5
  fi
  step_pid=
  end_if_interrupted
}

abandon_start() {
  trap - EXIT
  trap '' INT TERM HUP
  say "the start did not come to its end; whatever it started is ended"
  if [ -n "$step_pid" ]; then
    kill -TERM -- "-$step_pid" 2>/dev/null || true
    wait "$step_pid" 2>/dev/null || true
  fi
  end_cluster KILL
  exit "$1"
}

# server NAME PORT PORT: up for the first time, or again with what it kept.
server() {
  local verb=restart
  [ -e "$cluster_folder/made" ] || verb=up
  echo "   $1"
  if [ "$verb" = up ]; then
    step env STORE=bluestore "$root/scripts/servers/$1" up "$cluster_folder/$1" "$2" "$3"
  else
    step "$root/scripts/servers/$1" restart "$cluster_folder/$1"
  fi
}

start_servers() {
  say "starting in $cluster_folder"
  # One that was interrupted before it was whole is of no use.
  [ -e "$cluster_folder/made" ] || rm -rf -- "$cluster_folder"/{etcd,radosgw}
  echo "$cluster_port" >"$cluster_folder/port"
  server etcd $((cluster_port + etcd_offset)) $((cluster_port + etcd_peers_offset))
  server radosgw $((cluster_port + s3_offset)) $((cluster_port + s3_monitor_offset))
  [ -e "$cluster_folder/made" ] || make_bucket
  touch "$cluster_folder/made"
}

# Credentials are those of scripts/servers/radosgw. The hash is that of the empty body.
make_bucket() {
  local empty=e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855
  step curl --silent --show-error --fail --max-time 60 --request PUT \
    --aws-sigv4 aws:amz:us-east-1:s3 --user test:testtest \
    --header "x-amz-content-sha256: $empty" \
    "http://127.0.0.1:$((cluster_port + s3_offset))/eyrie"
}

write_cluster_settings() {
  cat >"$cluster_folder/eyrie.yaml" <<YAML
# Written by ./x cluster at each start; deploy/eyrie.yaml explains what else there is.
etcd:
  endpoints: 127.0.0.1:$((cluster_port + etcd_offset))
s3:
  endpoint: 127.0.0.1:$((cluster_port + s3_offset))
  bucket: eyrie
  access_key: test
  secret_key: testtest
# So that who is gone is missed soon, and ten thousand words fill segments for the query nodes.
membership:
  lease: 3s
streaming:
  segment_rows_min: 2000
  segment_rows_max: 4000
YAML
}

start_nodes() {
  local node
  write_cluster_settings
  for node in "${cluster_nodes[@]}"; do
    rm -f -- "$cluster_folder/$node.out"
    setsid "$root/build/release/bin/eyrie" "${node%-*}" --config "$cluster_folder/eyrie.yaml" \
      --listen "$(node_address "$node")" \
      >"$cluster_folder/$node.out" 2>>"$cluster_folder/$node.log" </dev/null 9>&- &
    echo $! >"$cluster_folder/$node.pid"
    disown
  done
  for node in "${cluster_nodes[@]}"; do wait_for_node "$node"; done
}

wait_for_node() {
  local end=$((SECONDS + ready_seconds)) why=''
  until grep -q '^ready: ' "$cluster_folder/$1.out"; do
    [ -n "$(node_pid "$1")" ] || why="has ended"
    [ "$SECONDS" -le "$end" ] || why="is not ready after $ready_seconds seconds"
    end_if_interrupted
    if [ -n "$why" ]; then
      say "$1 $why; $cluster_folder/$1.log ends with"
      tail -n 5 "$cluster_folder/$1.log"
      exit 5
    fi
    sleep 0.1
  done
  echo "   $(tail -n 1 "$cluster_folder/$1.out")"
  end_if_interrupted
}

describe_cluster() {
  local proxy
  proxy=$(node_address proxy-1)
  cat <<TEXT
   proxies at $proxy and $(node_address proxy-2); logs and data in $cluster_folder
   For example, with ten thousand word vectors:
     build/release/bin/eyrie import --address $proxy --collection words \\
       scenarios/data/glove100-10k.fvecs --names scenarios/data/glove100-10k.words
     build/release/bin/eyrie search --address $proxy --collection words --like king
   \`$(cluster_command status)\` shows who does what; kill -9 some of them, and search again.
   \`$(cluster_command stop)\` ends it. Its data stay for the next start; removing the folder
   removes them.
TEXT
}

# --- status ---

cluster_status() {
  local node pid
  if [ ! -e "$cluster_folder/made" ]; then
    echo "no cluster was started in $cluster_folder"
    return
  fi
  printf '%-16s%-10s%s\n' process pid address
  for node in "${cluster_nodes[@]}"; do
    pid=$(node_pid "$node")
    printf '%-16s%-10s%s\n' "$node" "${pid:-ended}" "$(node_address "$node")"
  done
  if ! servers_run; then
    echo "its etcd and S3 store do not run: the cluster is stopped"
    return
  fi
  printf '%-16s%-10s127.0.0.1:%s\n' etcd "$(cat "$cluster_folder/etcd/n1.pid")" \
    $((cluster_port + etcd_offset)) \
    radosgw "$(cat "$cluster_folder/radosgw/rgw.pid")" $((cluster_port + s3_offset))
  echo
  "$root/build/release/bin/eyrie" status --config "$cluster_folder/eyrie.yaml"
}

# --- stop ---

cluster_stop() {
  if [ -z "$(running_nodes)" ] && ! servers_run; then
    echo "nothing of a cluster in $cluster_folder runs"
    return
  fi
  say "stopping the cluster in $cluster_folder"
  end_cluster TERM
  if [ -n "$(running_nodes)" ] || servers_run; then
    echo "some of it could not be ended; its .pid files in $cluster_folder say what" >&2
    return 5
  fi
  echo "   ended; its data stay in the folder for the next start"
}

# end_cluster TERM|KILL: nodes first, clients' side before what it needs, coordinators last.
end_cluster() {
  local node
  for node in proxy streaming query data coordinator; do end_nodes "$1" "$node"; done
  for node in radosgw etcd; do
    if [ -d "$cluster_folder/$node" ]; then
      "$root/scripts/servers/$node" down "$cluster_folder/$node" || true
    fi
  done
}

# end_nodes SIGNAL ROLE: both of a role at once; who does not drain in time is killed.
end_nodes() {
  local node signal=$1 end=$((SECONDS + drain_seconds))
  send_nodes "$signal" "$2"
  while running_nodes | grep -q "^$2-"; do
    [ "$SECONDS" -le "$end" ] || send_nodes KILL "$2"
    sleep 0.05
  done
  for node in "${cluster_nodes[@]}"; do
    [ "${node%-*}" != "$2" ] || rm -f -- "$cluster_folder/$node.pid"
  done
}

send_nodes() {
  local node
  for node in $(running_nodes | grep "^$2-"); do
    kill -"$1" "$(node_pid "$node")" 2>/dev/null || true
  done
}
