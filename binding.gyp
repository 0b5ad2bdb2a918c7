# The addon as `npm install` builds it. native/CMakeLists.txt builds the same list of sources for everything else.
{
  "variables": {
    "node_addon_api_dir": "<!(node -p \"require('path').dirname(require.resolve('node-addon-api/package.json'))\")",
    # Warnings are errors in a checkout only: a published version must still compile with the compilers to come.
    # MSVC warns about other things than the compilers this is developed with, so there only CI is strict.
    "strict": "<!(node -p \"require('fs').existsSync('.git') && (process.platform !== 'win32' || Boolean(process.env.CI))\")",
  },
  "targets": [
    {
      "target_name": "sqlvdi",
      "sources": ["<!@(node -p \"require('fs').readFileSync('native/sources.txt', 'utf8').trim().split(/\\s+/).map((file) => 'native/' + file).join(' ')\")"],
      "include_dirs": ["native"],
      # A worker that is being terminated refuses to take an exception; without the third define that would end the process.
      "defines": ["NAPI_VERSION=9", "NODE_ADDON_API_CPP_EXCEPTIONS", "NODE_API_SWALLOW_UNTHROWABLE_EXCEPTIONS"],
      "conditions": [
        ["OS=='win'", {
          "defines": ["UNICODE", "_UNICODE", "NOMINMAX", "WIN32_LEAN_AND_MEAN"],
          "defines!": ["_HAS_EXCEPTIONS=0"],
          "libraries": ["-lole32.lib", "-loleaut32.lib", "-ladvapi32.lib", "-lbcrypt.lib", "-lversion.lib"],
          "msvs_settings": {
            "VCCLCompilerTool": {
              "ExceptionHandling": 1,
              "RuntimeTypeInfo": "true",
              "WarningLevel": 4,
              "AdditionalOptions!": ["-std:c++17"],
              "AdditionalOptions": [
                "/std:c++20", "/permissive-", "/utf-8", "/guard:cf",
                # Padding where alignas asks for it is no mistake.
                "/wd4324",
                # Others' headers warn about what is not ours to change.
                "/external:anglebrackets", "/external:W0", "/external:I\"<(node_addon_api_dir)\"",
              ],
              "conditions": [["strict=='true'", {"WarnAsError": "true"}]],
            },
            "VCLinkerTool": {"AdditionalOptions": ["/guard:cf"]},
          },
        }, {
          "cflags!": ["-Wno-unused-parameter"],
          "cflags_cc!": ["-std=gnu++17", "-fno-exceptions", "-fno-rtti"],
          "cflags_cc": [
            "-std=c++20", "-fvisibility=hidden", "-Wall", "-Wextra", "-Wpedantic", "-Wshadow",
            "-isystem<(node_root_dir)/include/node", "-isystem<(node_addon_api_dir)",
          ],
          # The addon brings its C++ library along, and keeps it to itself: it runs on systems older than the one that built it.
          # libgcc is the system's, which Node needs too: a static one would ask for the glibc it was built with.
          "ldflags": ["-static-libstdc++", "-Wl,--exclude-libs,ALL", "-Wl,--gc-sections"],
          "libraries": ["-ldl"],
          "conditions": [["strict=='true'", {"cflags_cc": ["-Werror"]}]],
        }],
      ],
    },
  ],
}
