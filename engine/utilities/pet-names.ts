const words = (text: string): readonly string[] => text.split(" ");

/** Words that a random pet's name begins with. */
export const adjectives = words(
  "able amused ample apt awake bold brave brief bright brisk calm careful casual certain cheerful civil clean clear clever " +
    "close cosy curious daring deep direct eager early easy equal exact fair famous fast fine firm fit fleet fluent fond frank " +
    "free fresh full gentle glad golden grand grateful handy happy hardy helpful honest humble ideal keen kind large lasting " +
    "light lively local loyal lucky merry mighty modest neat nimble noble open patient plain polite prime proper proud quick " +
    "quiet rapid rare ready regular rested right robust safe secure settled sharp silent simple sincere smart smooth solid " +
    "sound stable steady still strong subtle sunny sure swift tender thorough tidy trusty upright usable vast vital warm welcome whole willing wise witty worthy",
);

/** Animals that a random pet's name ends with. */
export const animals = words(
  "adder albatross alpaca ant antelope badger barnacle bass bat beagle bear beaver bee beetle bison boar buck bull bunny cat " +
    "catfish cheetah chicken cobra cod collie condor coral corgi cow cowbird coyote crab crane cricket crow deer dingo dodo " +
    "dolphin donkey dove dragonfly drake duck eagle earwig eel egret elf elk emu falcon fawn feline ferret finch fish flea fly " +
    "foal fowl fox frog gannet gator gazelle gecko gelding ghost gibbon glider gnat goat goblin goose gopher grouse grub gull " +
    "hamster hare hawk hen heron hippo hog hornet horse hound husky hyena ibex iguana impala jackal jaguar jay jennet kangaroo kid " +
    "kite kitten kiwi koala koi krill lab lacewing ladybird lamb lark lemur leopard liger lion lizard llama lobster lynx macaw mako mallard " +
    "mammal man-o-war marlin marmoset marmot marten mink minnow mite mole monarch moose moth mouse mule muskrat newt octopus orca oryx osprey ostrich otter owl ox " +
    "oyster panda panther parrot penguin perch pig pigeon piglet pony poodle porpoise puma pup python quail rabbit raccoon ram raptor rat raven ray redbird reindeer rhino robin " +
    "rooster sailfish salmon sawfly seagull seal shad shark sheep shepherd shiner shrew shrimp skink skunk sloth slug snail snake sole spaniel sparrow spider sponge squid squirrel " +
    "stag starfish stingray stork stud sturgeon sunbeam swan swift tadpole tapir tarpon teal termite terrapin thrush tick tiger titmouse toad tortoise toucan treefrog troll trout tuna turkey turtle unicorn viper " +
    "vulture wallaby walleye walrus warthog wasp weasel weevil whale whippet wolf wombat woodcock worm wren yak zebra",
);
