{{- define "eyrie.pod" -}}
{{- $root := .root -}}
{{- $values := index $root.Values .role -}}
enableServiceLinks: false
automountServiceAccountToken: false
terminationGracePeriodSeconds: {{ $values.terminationSeconds }}
{{- with $root.Values.imagePullSecrets }}
imagePullSecrets:
  {{- toYaml . | nindent 2 }}
{{- end }}
securityContext:
  runAsNonRoot: true
  runAsUser: 65532
  runAsGroup: 65532
  fsGroup: 65532
  seccompProfile: {type: RuntimeDefault}
topologySpreadConstraints:
  - maxSkew: 1
    topologyKey: kubernetes.io/hostname
    whenUnsatisfiable: ScheduleAnyway
    labelSelector:
      matchLabels:
        {{- include "eyrie.selector" $root | nindent 8 }}
        app.kubernetes.io/component: {{ .role }}
{{- with $root.Values.nodeSelector }}
nodeSelector:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with $root.Values.tolerations }}
tolerations:
  {{- toYaml . | nindent 2 }}
{{- end }}
containers:
  - name: {{ .role }}
    image: {{ printf "%s:%s" $root.Values.image.repository ($root.Values.image.tag | default $root.Chart.AppVersion) }}
    imagePullPolicy: {{ $root.Values.image.pullPolicy }}
    args:
      - {{ .role }}
      - --config=/etc/eyrie/eyrie.yaml
      - --listen=0.0.0.0:{{ $root.Values.port }}
      - --log-level={{ $root.Values.logLevel }}
    env:
      # Nodes find each other through etcd, by the address that each advertises.
      - name: POD_IP
        valueFrom:
          fieldRef: {fieldPath: status.podIP}
      - name: EYRIE_NODE_ADVERTISE
        value: "$(POD_IP):{{ $root.Values.port }}"
      - name: EYRIE_NODE_HTTP
        value: {{ $root.Values.http.enabled | ternary (printf "0.0.0.0:%v" $root.Values.http.port) "" | quote }}
      {{- range $name, $key := dict "EYRIE_S3_ACCESS_KEY" "s3-access-key" "EYRIE_S3_SECRET_KEY" "s3-secret-key" "EYRIE_ETCD_USER" "etcd-user" "EYRIE_ETCD_PASSWORD" "etcd-password" }}
      {{- include "eyrie.credential" (dict "root" $root "name" $name "key" $key) | nindent 6 }}
      {{- end }}
    ports:
      - {name: nodes, containerPort: {{ $root.Values.port }}}
      {{- if $root.Values.http.enabled }}
      - {name: http, containerPort: {{ $root.Values.http.port }}}
      {{- end }}
    # It waits for etcd and S3 by itself, alive and not ready.
    livenessProbe:
      {{- include "eyrie.probe" (dict "root" $root "path" "/livez") | nindent 6 }}
      initialDelaySeconds: 10
      periodSeconds: 10
      timeoutSeconds: 5
      failureThreshold: 6
    readinessProbe:
      {{- include "eyrie.probe" (dict "root" $root "path" "/readyz") | nindent 6 }}
      periodSeconds: 5
      timeoutSeconds: 5
    resources:
      {{- toYaml $values.resources | nindent 6 }}
    securityContext:
      allowPrivilegeEscalation: false
      readOnlyRootFilesystem: true
      capabilities: {drop: [ALL]}
    volumeMounts:
      - {name: settings, mountPath: /etc/eyrie, readOnly: true}
      {{- if $root.Values.tls.enabled }}
      - {name: nodes-tls, mountPath: /etc/eyrie-tls/nodes, readOnly: true}
      {{- end }}
      {{- if and $root.Values.etcd.tls.enabled $root.Values.etcd.tls.existingSecret }}
      - {name: etcd-tls, mountPath: /etc/eyrie-tls/etcd, readOnly: true}
      {{- end }}
      {{- if and $root.Values.s3.tls.enabled $root.Values.s3.tls.existingSecret }}
      - {name: s3-tls, mountPath: /etc/eyrie-tls/s3, readOnly: true}
      {{- end }}
volumes:
  - name: settings
    configMap: {name: {{ include "eyrie.name" $root }}}
  {{- if $root.Values.tls.enabled }}
  - name: nodes-tls
    secret: {secretName: {{ required "tls.existingSecret is needed with tls.enabled" $root.Values.tls.existingSecret }}, defaultMode: 0440}
  {{- end }}
  {{- if and $root.Values.etcd.tls.enabled $root.Values.etcd.tls.existingSecret }}
  - name: etcd-tls
    secret: {secretName: {{ $root.Values.etcd.tls.existingSecret }}, defaultMode: 0440}
  {{- end }}
  {{- if and $root.Values.s3.tls.enabled $root.Values.s3.tls.existingSecret }}
  - name: s3-tls
    secret: {secretName: {{ $root.Values.s3.tls.existingSecret }}, defaultMode: 0440}
  {{- end }}
{{- end }}
