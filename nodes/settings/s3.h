// What a person must say about the S3 store that a cluster keeps its data in.
#pragma once

#include <array>

#include "runtime/settings.h"

namespace eyrie::settings {

inline constexpr TextSetting kS3Endpoint({
    .name = "s3.endpoint",
    .sentence = "Where S3 is reached: host:port. Needed.",
});
inline constexpr TextSetting kS3Bucket({
    .name = "s3.bucket",
    .sentence = "The bucket, of this cluster alone; nobody creates it. Needed.",
});
inline constexpr TextSetting kS3Region({
    .name = "s3.region",
    .initial = "us-east-1",
    .sentence = "The region that requests are signed for.",
});
inline constexpr TextSetting kS3AccessKey({
    .name = "s3.access_key",
    .sentence = "The access key that requests are signed with.",
});
inline constexpr TextSetting kS3SecretKey({
    .name = "s3.secret_key",
    .sentence = "The secret of s3.access_key.",
});
inline constexpr BooleanSetting kS3Tls({
    .name = "s3.tls",
    .sentence = "Whether S3 is reached over TLS.",
});
inline constexpr TextSetting kS3CaFile({
    .name = "s3.tls_ca_file",
    .sentence = "PEM: who has signed the certificate of S3; empty: one of the system's "
                "authorities.",
});
inline constexpr BooleanSetting kS3BucketInHost({
    .name = "s3.bucket_in_host",
    .sentence =
        "Whether the bucket's name goes into the host's, as AWS wants it, or into the path.",
});

inline constexpr std::array kS3 = {
    declared(kS3Endpoint),  declared(kS3Bucket), declared(kS3Region), declared(kS3AccessKey),
    declared(kS3SecretKey), declared(kS3Tls),    declared(kS3CaFile), declared(kS3BucketInHost)};

}  // namespace eyrie::settings
